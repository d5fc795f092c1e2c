-- Alerts, audit log, preferences, installation.

create function raise_alert(p_kind text, p_severity text, p_message text, p_details jsonb) returns jsonb
language sql set search_path = public as $$
  insert into alerts (kind, severity, message, details) values (p_kind, p_severity, p_message, p_details)
  on conflict (kind) where cleared_at is null do update set
    count = alerts.count + 1, last_at = clock_timestamp(), message = excluded.message, severity = excluded.severity,
    details = excluded.details
  returning to_jsonb(alerts);
$$;

create function clear_alert(p_kind text) returns jsonb language sql set search_path = public as $$
  update alerts set cleared_at = clock_timestamp() where kind = p_kind and cleared_at is null returning to_jsonb(alerts);
$$;

create function list_alerts() returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(a) order by a.since), '[]') from alerts a where cleared_at is null;
$$;

create function record_audit(p_actor jsonb, p_action text, p_competition_id uuid, p_details jsonb) returns jsonb
language sql set search_path = public as $$
  insert into audit_log (actor, action, competition_id, details) values (p_actor, p_action, p_competition_id, p_details)
  returning to_jsonb(audit_log);
$$;

create function read_installation() returns jsonb language sql stable set search_path = public as $$
  select to_jsonb(i) from installation i;
$$;

-- What people changed; {} where nobody did.
create function read_preferences() returns jsonb language sql stable set search_path = public as $$
  select changes from preferences;
$$;

-- Changes what is named, and leaves the rest as it is. null as a value is a value: no digest, no quiet hours.
create function set_preferences(p_changes jsonb, p_actor jsonb) returns jsonb
language plpgsql set search_path = public as $$
declare
  changed preferences;
begin
  update preferences set changes = changes || p_changes, updated_at = clock_timestamp(), updated_by = p_actor
  returning * into changed;
  perform audit(p_actor, 'preferences.set', null, p_changes);
  return changed.changes;
end $$;

-- What people did about decisions, newest last.
create function list_decision_log(p_competition_id uuid, p_limit integer) returns jsonb
language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(l) order by l.id), '[]') from (
    select a.id, a.at, a.actor, a.action, a.details ->> 'name' as name, c.slug, d.id as decision_id,
           d.draft ->> 'question' as question, d.created_at as asked_at,
           coalesce((select o ->> 'label' from jsonb_array_elements(d.draft -> 'options') o
                     where o ->> 'id' = a.details ->> 'option'), a.details ->> 'option') as option,
           coalesce((a.details ->> 'byDefault')::boolean, false) as by_default
    from audit_log a
    left join competitions c on c.id = a.competition_id
    left join human_interventions d on d.id::text = a.details ->> 'decisionId'
    where (a.action like 'decision.%' or a.action = 'refused.decide')
      and (p_competition_id is null or a.competition_id = p_competition_id)
    order by a.id desc limit p_limit
  ) l;
$$;
