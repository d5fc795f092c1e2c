-- A run that was ended because the agent on its machine stopped has done nothing wrong: its start is given back.

drop function retire_gpu_session(text, text, integer, boolean);

-- The vendor confirmed that the machine is gone. Its cost is settled as it was seen, or later from the vendor's bill
-- where that is waited for. What becomes of the start (p_start): it `counts`; or it is a `misstart`, which does not count
-- where the machine never said a word; or it is `returned`.
-- {outcome: closed, microUsd} | null (closed before)
create function retire_gpu_session(p_key text, p_reason text, p_bill_seconds integer, p_start text) returns jsonb
language plpgsql set search_path = public as $$
declare
  closed gpu_sessions;
  cost bigint;
  is_misstart boolean;
begin
  update gpu_sessions set status = 'closed', closed_at = clock_timestamp(), end_reason = p_reason,
    bill_until = case when is_rented and p_bill_seconds > 0 then clock_timestamp() + make_interval(secs => p_bill_seconds) end
  where key = p_key and status <> 'closed' returning * into closed;
  if not found then return null; end if;
  if closed.seen_state in ('running', 'stopping') then
    -- it may have run until now: an end takes some vendors a minute
    update gpu_spans set to_at = closed.closed_at
    where id = (select id from gpu_spans where session_id = closed.id order by id desc limit 1);
  elsif (closed.seen_state = 'starting' and closed.trouble is null)
     or (closed.is_rented and closed.seen_state is null
         and (closed.instance_id is not null or closed.first_sign_at is not null)) then
    -- it may have come up since, or between the order and its end, with nobody looking
    insert into gpu_spans (session_id, instance_id, node, micro_usd_per_hour, from_at, to_at)
    values (closed.id, coalesce(closed.instance_id, ''), closed.seen_node,
            coalesce(closed.seen_micro_usd_per_hour, closed.micro_usd_per_hour),
            coalesce(closed.last_seen_at, closed.created_at), closed.closed_at);
  end if;
  cost := gpu_session_cost(closed.id);
  if closed.bill_until is null then perform settle_spend(p_key, cost); end if;
  is_misstart := p_start = 'misstart' and closed.first_sign_at is null;
  if is_misstart or p_start = 'returned' then
    update training_jobs set starts = greatest(starts - 1, 0), misstarts = misstarts + is_misstart::integer,
      status = case when status = 'running' then 'planned' else status end
    where id = closed.job_id and token = closed.token and status in ('planned', 'running');
  end if;
  return jsonb_build_object('outcome', 'closed', 'microUsd', cost);
end $$;
