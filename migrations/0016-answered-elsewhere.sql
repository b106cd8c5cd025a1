-- Whom a case once had as a part of it is asked for by each answer that is given in that part (src/incidents/owing-cases.ts).
create index joined_incidents_separated on joined_incidents (incident_id) where separated_at is not null;
