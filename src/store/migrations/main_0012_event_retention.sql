-- Old events go, but none that somebody still needs: one that no delivery was made of yet, one whose delivery is kept, and one
-- that no mail was planned of yet. Said here, beside the triggers that queue events, so that no way of taking them away can forget it.
CREATE INDEX webhook_queue_by_event ON webhook_queue (event_id);
CREATE INDEX event_inbox_by_event   ON event_inbox (event_id);
CREATE TRIGGER needed_events_stay BEFORE DELETE ON events
WHEN EXISTS (SELECT 1 FROM webhook_queue WHERE event_id = OLD.id)
  OR EXISTS (SELECT 1 FROM webhook_deliveries WHERE event_id = OLD.id)
  OR EXISTS (SELECT 1 FROM event_inbox WHERE event_id = OLD.id)
BEGIN SELECT RAISE(IGNORE); END;

-- What an episode has told is remembered while it lasts, however long that is.
CREATE INDEX connections_by_episode ON connections (episode_id) WHERE episode_id IS NOT NULL;
CREATE TRIGGER running_episodes_stay BEFORE DELETE ON episode_events
WHEN EXISTS (SELECT 1 FROM connections WHERE episode_id = OLD.episode_id)
BEGIN SELECT RAISE(IGNORE); END;
