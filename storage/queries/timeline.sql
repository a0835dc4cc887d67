-- name: add (user_id, event_type, event_data, project_id)
insert into timeline (user_id, event_type, event_data, project_id) values ($1, $2, $3, $4)
