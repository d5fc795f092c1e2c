import type { CommandFlows, FlowsFor } from '../../domain/command-results.ts';
import type { Log } from '../../domain/log.ts';
import type { Person } from '../../domain/person.ts';
import type { Locale } from '../../domain/preferences.ts';
import type { Scene } from '../answers/scene.ts';
import type { Card } from '../card.ts';
import type { Reply, Where } from '../door.ts';
import { createVoice } from '../voice.ts';
import type { Memory } from './memory.ts';

export type DoorParts = {
  flowsFor: FlowsFor;
  installation: string;
  memory: Memory;
  log: Log;
};

/** One thing that one person said, pressed or filled in, with everything that is needed to answer it. */
export type Turn = DoorParts & {
  person: Person;
  where: Where;
  /** In the person's name. */
  flows: CommandFlows;
  /** In the person's own language and zone. */
  scene: Scene;
  /** In the channel's. */
  sharedScene: Scene;
  /** The competition whose thread this is. Asked once. */
  threadSlug(): Promise<string | null>;
};

export function openTurn(parts: DoorParts, person: Person, where: Where): Turn {
  const preferences = parts.memory.preferences();
  const flows = parts.flowsFor(person.actor);
  const sceneIn = (locale: Locale, timeZone: string): Scene => ({
    voice: createVoice({ locale, ink: where.ink, timeZone, now: where.now }),
    installation: parts.installation,
    preferences,
    platform: where.platform,
    canSlash: where.canSlash,
    person,
    approvers: where.whoCan?.('operator') ?? null,
  });
  const own = once(() =>
    sceneIn(person.locale ?? preferences.language, person.timeZone ?? preferences.timeZone),
  );
  const shared = once(() => sceneIn(preferences.language, preferences.timeZone));
  let slug: Promise<string | null> | null = null;
  return {
    ...parts,
    person,
    where,
    flows,
    get scene() {
      return own();
    },
    get sharedScene() {
      return shared();
    },
    threadSlug() {
      slug ??= threadSlug(flows, where);
      return slug;
    },
  };
}

/** A voice takes a millisecond to make, and most turns need one of the two. */
function once<Value>(make: () => Value): () => Value {
  let made: { value: Value } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

async function threadSlug(flows: CommandFlows, where: Where): Promise<string | null> {
  const { platform, channel, threadId } = where;
  return threadId === null ? null : await flows.competitionOfThread({ platform, channel, threadId });
}

/** For the person alone, in their language. */
export function privately({ scene }: Turn, card: (scene: Scene) => Card): Reply {
  return { kind: 'card', audience: 'private', card: card(scene), locale: scene.voice.locale };
}

/** For everybody there, in the channel's language. */
export function publicly({ sharedScene }: Turn, card: (scene: Scene) => Card): Reply {
  return { kind: 'card', audience: 'public', card: card(sharedScene), locale: sharedScene.voice.locale };
}

export function show(turn: Turn, isPublic: boolean, card: (scene: Scene) => Card): Reply {
  return isPublic ? publicly(turn, card) : privately(turn, card);
}

/**
 * What others are concerned by: everybody sees it, but where it changed nothing and in the home channel, where the
 * cards tell it already.
 */
export function announce(turn: Turn, isNews: boolean, card: (scene: Scene) => Card): Reply {
  return show(turn, isNews && turn.where.isHome !== true, card);
}
