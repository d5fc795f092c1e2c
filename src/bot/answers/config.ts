import { hasRole } from '../../domain/person.ts';
import type { Preferences } from '../../domain/preferences.ts';
import { aCard, type Card } from '../card.ts';
import { button } from '../cards/buttons.ts';
import { headline, type Scene, typed, whoAsked } from './scene.ts';

/** `config`: how people are talked to. */
export function answerConfig(scene: Scene, preferences: Preferences): Card {
  const { voice, person } = scene;
  const isAdmin = hasRole(person.role, 'admin');
  return aCard({
    title: headline(voice.plain('answers:config.title')),
    summary: headline(
      factsOf(scene, preferences)
        .map(({ label, value }) => `${label}: ${value}`)
        .join(scene.voice.comma),
    ),
    facts: factsOf(scene, preferences).map(({ label, value }) => ({ label, value: voice.ink.text(value) })),
    body: isAdmin ? [] : [voice.t('answers:config.read_only')],
    actions: isAdmin
      ? button(scene, 'config-form', [], { label: voice.plain('answers:btn.edit'), style: 'primary' })
      : [],
    footer: isAdmin
      ? voice.t('answers:config.how', { command: typed(scene, 'config set language ja') })
      : null,
  });
}

/** The answer to a change: what holds now, and who changed it. */
export function answerConfigChanged(scene: Scene, preferences: Preferences): Card {
  const { voice } = scene;
  const card = answerConfig(scene, preferences);
  return {
    ...card,
    title: headline(voice.plain('answers:config.saved')),
    tone: 'good',
    body: [voice.t('answers:config.saved_body', { who: whoAsked(scene) })],
    actions: [],
    footer: null,
  };
}

/** Plain labels and values. */
function factsOf({ voice: { plain, comma }, person }: Scene, preferences: Preferences) {
  const { language, timeZone, quietHours, digestAt, bars, broadcast } = preferences;
  const own = person.locale ?? language;
  const off = plain('answers:config.off');
  const fact = (label: string, value: string) => ({ label, value });
  return [
    fact(
      plain('answers:config.language'),
      own === language
        ? plain(`answers:config.${language}`)
        : plain('answers:config.language_you', {
            shared: plain(`answers:config.${language}`),
            own: plain(`answers:config.${own}`),
          }),
    ),
    fact(plain('answers:config.time_zone'), timeZone),
    fact(
      plain('answers:config.digest'),
      digestAt === null ? off : plain('answers:config.digest_at', { at: digestAt }),
    ),
    fact(plain('answers:config.quiet'), quietHours === null ? off : `${quietHours.from}–${quietHours.to}`),
    fact(plain('answers:config.bars'), bars ? plain('answers:config.on') : off),
    fact(
      plain('answers:config.broadcast'),
      broadcast.length === 0
        ? plain('answers:config.nothing')
        : broadcast.map((kind) => plain(`answers:config.kinds.${kind}`)).join(comma),
    ),
  ];
}
