import { logRequest, parseBody } from './prototypes.ts';
import { SaladRefusal } from './settings.ts';
import type { SaladWorld } from './world.ts';

/** The one question that is answered here: what a group's containers have printed. */
const question =
  /^resource\.type = "container" and resource\.labels\.project_name = "([^"]*)" and resource\.labels\.container_group_name = "([^"]*)"$/;

/** At most a page, and which part of a fuller time it shows is not promised. */
export function answerLogs(world: SaladWorld, body: unknown) {
  const wanted = parseBody(logRequest, body);
  const [, project, group] = question.exec(wanted.query) ?? [];
  if (group === undefined) throw new SaladRefusal(400, 'The query is not understood.');
  const from = Date.parse(wanted.start_time);
  const to = Date.parse(wanted.end_time);
  const found = world.lines.filter(
    (line) =>
      project === world.settings.project &&
      line.group === group &&
      line.at.getTime() >= from &&
      line.at.getTime() <= to,
  );
  const items = found.slice(0, wanted.page_size).map(({ at, text, instance }) => ({
    time: at.toISOString(),
    receive_time: at.toISOString(),
    severity: 'default',
    resource: {
      type: 'container',
      labels: {
        project_name: project,
        container_group_name: group,
        container_group_version: '1',
        instance_id: instance.id,
        machine_id: instance.machineId,
      },
    },
    ...wordsOf(text),
  }));
  if ((wanted.sort_order ?? 'desc') === 'desc') items.reverse();
  return {
    items,
    organization_name: world.settings.organization,
    page_min_time: wanted.start_time,
    page_max_time: wanted.end_time,
  };
}

/** A line that is JSON is taken for a structure. */
function wordsOf(text: string): { text_log: string } | { json_log: unknown } {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null) return { json_log: parsed };
  } catch {
    // A line like any other.
  }
  return { text_log: text };
}
