-- The image that a script's runs start from: the one that was built for its requirements, or why the generic one is used.
alter table generated_code add column image jsonb;

-- Kept with the script while it waits to be trained.
create function record_image(p_code_id uuid, p_image jsonb) returns jsonb
language sql set search_path = public as $$
  update generated_code set image = p_image where id = p_code_id returning to_jsonb(generated_code);
$$;
