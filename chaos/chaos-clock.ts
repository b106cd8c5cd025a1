import { sql } from 'kysely'
import pg from 'pg'
import { type SampleClock, sampleDatabaseClock } from '../src/database/clock.ts'

/**
 * A schema of the run's own beside the product's tables: the offset by which the database's instant is moved, for all
 * processes at once, and the true instant at which each event was written, whatever the moved clock said.
 */
const schema = `
create schema chaos;
create table chaos.clock (offset_ms bigint not null);
insert into chaos.clock values (0);
create table chaos.instants (stream text not null, seq integer not null, at timestamptz(3) not null);
create function chaos.note_instants() returns trigger language plpgsql security definer as $$
begin
  insert into chaos.instants select stream, seq, clock_timestamp() from added;
  return null;
end $$;
create trigger chaos_instants after insert on public.events referencing new table as added
  for each statement execute function chaos.note_instants();
grant usage on schema chaos to whistle_app;
grant select on chaos.clock to whistle_app;
`

/** Adds the run's own tables. The database must be migrated, and the URL its owner's. */
export async function addChaosSchema(databaseUrl: string): Promise<void> {
  await asOwner(databaseUrl, (client) => client.query(schema))
}

/** Moves the database's instant by so much from its true one. */
export async function moveDatabaseClock(databaseUrl: string, offsetMs: number): Promise<void> {
  await asOwner(databaseUrl, (client) => client.query('update chaos.clock set offset_ms = $1', [offsetMs]))
}

/** What a look at the database's clock shows where it is moved by the run's offset. */
export const sampleMovedClock: SampleClock = async (db) => {
  const sample = await sampleDatabaseClock(db)
  const { rows } = await sql<{ offset: number }>`select offset_ms as offset from chaos.clock`.execute(db)
  return { ...sample, at: sample.at + (rows[0]?.offset ?? 0) }
}

/** Opens a session as the tables' owner, past every proxy, for what the supervisor itself does. */
export async function asOwner<T>(databaseUrl: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5_000 })
  // What breaks the connection also fails the query that waits on it.
  client.on('error', () => undefined)
  try {
    await client.connect()
    return await use(client)
  } finally {
    await client.end().catch(() => undefined)
  }
}
