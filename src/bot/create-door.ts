import type { FlowsFor } from '../domain/command-results.ts';
import type { Log } from '../domain/log.ts';
import { hasRole, type Person } from '../domain/person.ts';
import type { Preferences } from '../domain/preferences.ts';
import { answerHome } from './answers/home.ts';
import type { Card } from './card.ts';
import { attempt, noAttempt } from './door/attempt.ts';
import { formAtOnce } from './door/form-at-once.ts';
import { createMemory } from './door/memory.ts';
import { refuse } from './door/permit.ts';
import { runPress } from './door/press.ts';
import { runLine } from './door/run-command.ts';
import { runSubmit } from './door/submit.ts';
import { suggestCompetitions } from './door/suggest.ts';
import { type DoorParts, openTurn, type Turn } from './door/turn.ts';
import type { Door, Reply, Where } from './door.ts';
import { createPlainInk } from './inks/plain.ts';
import { createVoice } from './voice.ts';

export type DoorOptions = {
  flowsFor: FlowsFor;
  /** The first 8 characters of the installation's id; buttons carry it. */
  installation: string;
  /** How people want to be talked to, until what they changed has been read. */
  preferences: Preferences;
  log: Log;
  now: () => Date;
};

/** The door with what it keeps in memory: competitions to suggest, and how people want to be talked to. */
export type OpenDoor = Door & {
  /** Reads what is kept in memory now, and every 30 s from then on, until the signal aborts. */
  start(signal: AbortSignal): void;
  /** Reads it now. Never throws. */
  refresh(): Promise<void>;
};

/** The one door behind every platform: what people type, press and fill in, answered as cards. */
export function createDoor({ flowsFor, installation, preferences, log, now }: DoorOptions): OpenDoor {
  const memory = createMemory({
    flows: () => flowsFor({ type: 'job', name: 'door.refresh', runId: installation }),
    preferences,
    log,
  });
  const parts: DoorParts = { flowsFor, installation, memory, log };
  const turnOf = ({ person, where }: { person: Person; where: Where }) => openTurn(parts, person, where);
  return {
    command: (input) => guarded(turnOf(input), (turn) => runLine(turn, input.text)),
    press: (input) => guarded(turnOf(input), (turn) => runPress(turn, input.action)),
    submit: (input) => guarded(turnOf(input), (turn) => runSubmit(turn, input.action, input.answers)),
    formAtOnce(input) {
      return formAtOnce(turnOf(input), {
        ...(input.text === undefined ? {} : { text: input.text }),
        ...(input.action === undefined ? {} : { action: input.action }),
      });
    },
    async suggest({ typed, person }) {
      if (!hasRole(person.role, 'viewer')) return [];
      const kept = memory.preferences();
      const voice = createVoice({
        locale: person.locale ?? kept.language,
        ink: createPlainInk(),
        timeZone: person.timeZone ?? kept.timeZone,
        now: now(),
      });
      return suggestCompetitions(voice, memory.known(), typed);
    },
    async home(input) {
      const answer = await guarded(turnOf(input), showHome);
      if (Array.isArray(answer)) return answer;
      return 'kind' in answer && answer.kind === 'card' ? [answer.card] : [];
    },
    start: memory.start,
    refresh: memory.refresh,
  };
}

/** Nothing that is thrown on the way leaves the door. */
async function guarded<Answer>(turn: Turn, act: (turn: Turn) => Promise<Answer>): Promise<Answer | Reply> {
  return await attempt(turn, noAttempt, () => act(turn));
}

async function showHome(turn: Turn): Promise<readonly Card[] | Reply> {
  const refused = await refuse(turn, 'help');
  if (refused !== null) return refused;
  const { flows, memory } = turn;
  const overviews = await flows.list();
  const decisions = await flows.decisions({ slug: null });
  const budget = await flows.budget({ slug: null });
  return answerHome(turn.scene, { overviews, decisions, budget, known: memory.known() });
}
