import type { Config } from '../config/load.ts';
import type { OwnFiles, RetentionPolicy } from '../domain/retention.ts';
import { placesIn } from './data-folder.ts';

const uuid = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}';
/**
 * Folders of quality gates, downloads that were looked at, files to submit. What a training run works in is none of
 * these: the run's own record decides when that goes, however long it is silent.
 */
const callLeftovers = new RegExp(`^(gate-${uuid}|read-.+|ka-.+-${uuid}\\.csv)$`);

/** What is kept for how long, from the configuration; see docs/explain/retention.md. */
export function retentionOf({ general, retention }: Config): RetentionPolicy {
  const places = placesIn(general.dataFolder);
  // The queues keep their finished jobs by themselves.
  const { doneJobHours: _done, failedJobHours: _failed, ...lifetimes } = retention;
  const { logDays, scratchDays, diagnosticsDays } = lifetimes;
  const files: OwnFiles[] = [
    // The file that is written to has no number.
    { folder: places.logs, names: /^agent.*\.log\.\d+$/, days: logDays, keepNewest: 0 },
    { folder: places.scratch, names: callLeftovers, days: scratchDays, keepNewest: 0 },
    { folder: places.downloads, names: /./, days: scratchDays, keepNewest: 0 },
    { folder: places.diagnostics, names: /^emergency-.+\.json$/, days: diagnosticsDays, keepNewest: 1 },
    { folder: places.diagnostics, names: /^crash-.+\.json$/, days: diagnosticsDays, keepNewest: 1 },
  ];
  return { lifetimes, files };
}
