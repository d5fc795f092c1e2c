import { access, writeFile } from 'node:fs/promises';
import type { Chat } from '../domain/chat.ts';
import { ConfigurationFailure, type SystemFailure } from '../domain/errors.ts';
import { createEmergencyAlert } from '../flows/human-loop/emergency-alert.ts';
import type { Logging } from '../infra/logger.ts';
import { type DataFolder, placesIn } from './data-folder.ts';
import { readVersion } from './version.ts';

export type Emergency = {
  stop(failure: SystemFailure): void;
  /** Another process works on the same data: this one must not. */
  lockLost(): void;
};

/** What is done when our ground gives way: people are told, diagnostics outside the database, a marker, and the end. */
export function createEmergency(options: {
  dataFolder: string;
  logging: Logging;
  /** Those that are open at that moment. */
  chats: () => readonly Chat[];
  onEmergency: (failure: SystemFailure) => void;
}): Emergency {
  const { log } = options.logging;
  const places = placesIn(options.dataFolder);
  const alert = createEmergencyAlert({
    chats: options.chats,
    writeError: (line) => process.stderr.write(`${line}\n`),
    log,
  });
  let isOver = false;
  return {
    stop(failure: SystemFailure): void {
      if (isOver) return;
      isOver = true;
      log.error({ err: failure }, 'emergency stop');
      const report = {
        at: new Date().toISOString(),
        code: failure.code,
        message: failure.message,
        stack: failure.stack,
        versions: { node: process.version, agent: readVersion() },
        lastLines: options.logging.lastLines(),
      };
      const marked = writeFile(places.emergencyMarker, JSON.stringify(report, null, 2), {
        mode: 0o600,
      }).catch((err: unknown) => log.error({ err }, 'the emergency marker could not be written'));
      const text = `Kaggle Agent made an emergency stop: ${failure.message} Nothing new is begun. Mend that, then start it with: kaggle-agent up --after-emergency`;
      void Promise.all([marked, alert.tell({ severity: 'critical', text })]).finally(() =>
        options.onEmergency(failure),
      );
    },
    lockLost(): void {
      log.error({}, 'another process has taken the data over');
      const text = 'Another Kaggle Agent has taken the data over, so this one stops; work goes on there.';
      void alert.tell({ severity: 'critical', text }).finally(() => process.kill(process.pid, 'SIGTERM'));
    },
  };
}

/** @throws ConfigurationFailure `agent.after_emergency` */
export async function requireNoEmergency(places: DataFolder, afterEmergency: boolean): Promise<void> {
  if (afterEmergency) return;
  const isMarked = await access(places.emergencyMarker).then(
    () => true,
    () => false,
  );
  if (!isMarked) return;
  throw new ConfigurationFailure(
    `The last run ended with an emergency stop (${places.emergencyMarker} tells why). Mend that, then: kaggle-agent up --after-emergency`,
    { code: 'agent.after_emergency' },
  );
}
