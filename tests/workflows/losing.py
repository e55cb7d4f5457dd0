"""How a test loses rows as a restore does: past the triggers that keep the record."""

LOSE_ALL = """
BEGIN;
SET LOCAL session_replication_role = replica;
TRUNCATE cases, case_events, notices CASCADE;
COMMIT
"""
