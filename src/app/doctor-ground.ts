import { crashLoopLimit, crashLoopWindowMs } from '../domain/ground.ts';
import { readCrashNotes } from '../infra/crash-notes.ts';
import { placesIn } from './data-folder.ts';
import { type Check, type Finding, ok } from './doctor-chats.ts';
import { readEmergencyMarker } from './emergency-files.ts';
import type { Session } from './session.ts';

/** How earlier runs on this data folder have ended. */
export function groundChecks({ settings }: Session): Check[] {
  const places = placesIn(settings.config.general.dataFolder);
  return [{ port: 'ground', look: async () => lookAtGround(places) }];
}

function lookAtGround(places: ReturnType<typeof placesIn>): Finding {
  const marker = readEmergencyMarker(places.emergencyMarker);
  if (marker !== null) {
    return {
      status: 'error',
      message: `the last run made an emergency stop: ${marker.message}`,
      next: `${marker.diagnostics ?? places.emergencyMarker} tells more; mend that, then npm start -- --after-emergency`,
    };
  }
  const since = Date.now() - crashLoopWindowMs;
  const crashes = readCrashNotes(places.diagnostics).filter(({ at }) => at.getTime() > since);
  if (crashes.length === 0) return ok('no emergency, and no crash within the last hour');
  return {
    status: 'warn',
    message: `${crashes.length} of ${crashLoopLimit} crashes within the last hour: ${crashes.at(-1)?.message ?? ''}`,
    next: `please report it with the notes in ${places.diagnostics}`,
  };
}
