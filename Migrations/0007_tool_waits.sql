-- How long an execution has waited for the results of its tool calls.
alter table runledger.queue add column waiting_since timestamptz;
