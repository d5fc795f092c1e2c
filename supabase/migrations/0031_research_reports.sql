-- Research services: who was asked what, with what outcome, and what was kept so that a run that died goes on with what
-- it has paid for. A report is stored whole in the object store, its sources here.

alter table research_results
  -- Where the report of the service lies as it came; null where none was needed.
  add column report_key text,
  -- [{id, title, url, quotes}] of that report
  add column citations jsonb,
  -- [{provider, outcome, startedAt, endedAt, code, message}] in the order of asking
  add column asked jsonb not null default '[]',
  -- {provider: what it kept}
  add column resume jsonb not null default '{}',
  -- The question as it was put.
  add column prompt text;

-- A provider is about to be asked; one that was asked before goes on. Of a service that costs much only so many questions
-- of one competition are asked (p_most; null: as many as there are): then it is noted that this one was not.
-- {granted, used}
create function begin_asking(p_id uuid, p_provider text, p_most integer) returns jsonb
language plpgsql set search_path = public as $$
declare
  r research_results;
  used integer;
  entry jsonb := jsonb_build_object('provider', p_provider, 'startedAt', clock_timestamp());
begin
  -- one claim of a competition at a time
  perform from competitions where id = (select competition_id from research_results where id = p_id) for update;
  select * into r from research_results where id = p_id;
  if not found or r.status <> 'planned' then return '{"granted": false, "used": 0}'; end if;
  select count(*) into used from research_results o
  where o.competition_id = r.competition_id and o.id <> r.id
    -- one that was refused has cost nothing
    and (exists (select from jsonb_array_elements(o.asked) a
                 where a ->> 'provider' = p_provider and a ->> 'outcome' in ('asking', 'answered'))
         or o.resume -> p_provider ->> 'step' in ('started', 'creating', 'created'));
  if r.asked @> jsonb_build_array(jsonb_build_object('provider', p_provider)) then
    return jsonb_build_object('granted', r.asked @> jsonb_build_array(
      jsonb_build_object('provider', p_provider, 'outcome', 'asking')), 'used', used);
  end if;
  if used >= p_most then
    update research_results set asked = asked || (entry || jsonb_build_object(
      'outcome', 'skipped', 'code', 'research.enough', 'endedAt', clock_timestamp()))
    where id = r.id;
    return jsonb_build_object('granted', false, 'used', used);
  end if;
  update research_results set asked = asked || (entry || '{"outcome": "asking"}') where id = r.id;
  return jsonb_build_object('granted', true, 'used', used);
end $$;

-- Asking it came to nothing: `failed` or `skipped`. null: it was not being asked
create function end_asking(p_id uuid, p_provider text, p_outcome text, p_code text, p_message text) returns jsonb
language sql set search_path = public as $$
  update research_results set asked = (
    select jsonb_agg(
      case when a.value ->> 'provider' = p_provider and a.value ->> 'outcome' = 'asking'
           then a.value || jsonb_strip_nulls(jsonb_build_object('outcome', p_outcome, 'code', p_code,
             'message', p_message, 'endedAt', clock_timestamp()))
           else a.value end order by a.place)
    from jsonb_array_elements(asked) with ordinality as a (value, place))
  where id = p_id and status = 'planned'
    and asked @> jsonb_build_array(jsonb_build_object('provider', p_provider, 'outcome', 'asking'))
  returning asked;
$$;

-- What a provider needs to go on with what it has begun.
create function keep_research_note(p_id uuid, p_provider text, p_note jsonb) returns jsonb
language sql set search_path = public as $$
  update research_results set resume = resume || jsonb_build_object(p_provider, p_note)
  where id = p_id and status = 'planned' returning resume;
$$;

-- The report of a service lies in the object store now.
create function note_research_report(p_id uuid, p_report_key text, p_citations jsonb, p_prompt text) returns jsonb
language sql set search_path = public as $$
  update research_results set report_key = p_report_key, citations = p_citations, prompt = p_prompt
  where id = p_id and status = 'planned' returning to_jsonb(id);
$$;

-- As in 0007, and how asking came out is written in the same step: whoever is said to have answered did, and whoever was
-- still being asked when the query failed did not.
create or replace function end_research_query(
  p_id uuid, p_status text, p_provider text, p_report jsonb, p_error text
) returns jsonb language sql set search_path = public as $$
  update research_results set status = p_status, provider = p_provider, report = p_report, error = p_error,
    asked = (
      select coalesce(jsonb_agg(
        case when a.value ->> 'outcome' <> 'asking' then a.value
             else a.value || jsonb_build_object('endedAt', clock_timestamp(), 'outcome',
               case when p_status = 'done' and a.value ->> 'provider' = p_provider then 'answered' else 'failed' end)
               || case when p_status = 'done' then '{}' else jsonb_strip_nulls(jsonb_build_object('message', p_error)) end
        end order by a.place), '[]')
      from jsonb_array_elements(asked) with ordinality as a (value, place)),
    ended_at = clock_timestamp()
  where id = p_id and status = 'planned' returning to_jsonb(research_results);
$$;
