/** A whole number of milliseconds since 1970-01-01T00:00Z of the database's clock (docs/domain.md, Time). */
export type Instant = number
