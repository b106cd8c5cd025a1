-- Every event of an incident updates its row, and none of its indexed columns but the state. Reports of one hour fall due
-- together and lie side by side: with room for a second version of all of them, a batch of breaches stays within its pages and
-- writes no entry into the four indexes.
alter table incidents set (fillfactor = 50);
