import type { Preferences } from '../../domain/preferences.ts';
import type { Where } from '../door.ts';
import type { Voice } from '../voice.ts';

/** What a card's looks depend on beside its facts. */
export type CardOptions = {
  voice: Voice;
  /** The first 8 characters of the installation's id; buttons carry it. */
  installation: string;
  preferences: Preferences;
  platform: Where['platform'];
  /** Markup: who may decide, as the platform mentions them without telling them; left out where it is not known. */
  approvers?: string | null;
};
