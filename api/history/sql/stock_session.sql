SELECT body FROM weighing_session WHERE id = :id
