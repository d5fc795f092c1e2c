import { aCard, type Card } from '../card.ts';
import { button } from '../cards/buttons.ts';
import { commandDefinitions, commandGroups, type Verb, verbs } from '../commands.ts';
import { headline, type Scene, typed } from './scene.ts';

/** `help`: every command, one line each, by group, in the words that work at this place. */
export function answerHelp(scene: Scene): Card {
  const { voice, canSlash } = scene;
  const { ink } = voice;
  const groups = commandGroups.map((group) => {
    const lines = verbs
      .filter((verb) => commandDefinitions[verb].group === group)
      .map((verb) =>
        voice.t('answers:help.line', {
          command: typed(scene, `${verb} ${shortUsage(commandDefinitions[verb].usage)}`.trimEnd()),
          summary: voice.plain(`answers:command.${verb}.summary`),
        }),
      );
    return [ink.bold(voice.t(`answers:group.${group}`)), ...lines].join('\n');
  });
  return aCard({
    title: headline(voice.plain('answers:help.title')),
    summary: headline(voice.plain('answers:help.intro')),
    body: [
      voice.t('answers:help.intro'),
      ...groups,
      ...(canSlash ? [] : [voice.t('answers:help.in_thread', { command: typed(scene, 'status') })]),
    ],
    actions: [
      ...button(scene, 'start-form', [], { label: voice.plain('common:btn.start_new'), style: 'primary' }),
      ...button(scene, 'list', ['running', '1'], { label: voice.plain('answers:btn.whats_running') }),
      ...button(scene, 'language', [voice.locale === 'ja' ? 'en' : 'ja'], {
        label: voice.plain('common:btn.language'),
      }),
    ],
    footer: voice.t('answers:help.detail', { command: typed(scene, 'help start') }),
  });
}

/** Options in the one-line form would be longer than the line. */
function shortUsage(usage: string): string {
  return usage
    .replace(/ \[public\].*$/, '')
    .replace(/ \[\w[\w-]*=.*$/, ' […]')
    .replace(/^\[\w+(?:\|\w+){2,}\]$/, '[…]');
}

/** `help <command>`. */
export function answerCommandHelp(scene: Scene, verb: Verb): Card {
  const { voice } = scene;
  const { usage, aliases, example } = commandDefinitions[verb];
  const summary = voice.plain(`answers:command.${verb}.summary`);
  return aCard({
    title: headline(voice.plain('answers:help.topic', { verb })),
    summary: headline(`${verb}: ${summary}`),
    body: [voice.ink.text(summary), voice.t(`answers:command.${verb}.details`)],
    facts: [
      { label: voice.plain('answers:help.usage'), value: typed(scene, `${verb} ${usage}`.trimEnd()) },
      ...(aliases.length === 0
        ? []
        : [{ label: voice.plain('answers:help.also'), value: voice.ink.text(aliases.join(', ')) }]),
      { label: voice.plain('answers:help.example'), value: typed(scene, example) },
    ],
    actions: button(scene, 'help', [], { label: voice.plain('common:btn.help') }),
  });
}
