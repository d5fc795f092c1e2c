import type { RequestedLimits } from '../../domain/command-results.ts';
import type { DecisionView } from '../../domain/overview.ts';
import { locales, type Preferences } from '../../domain/preferences.ts';
import { actionText } from '../action.ts';
import type { Scene } from '../answers/scene.ts';
import { optionLabel, optionLetter } from '../cards/option-words.ts';
import { ownWords, translated } from '../cards/own-words.ts';
import { budgetScopes, highestPriority, mostApproaches, mostBudgetUsd, mostRounds } from '../commands.ts';
import type { Form, FormField } from '../form.ts';
import { shorten } from '../shorten.ts';

const longestTitle = 24;
const longestChoice = 75;
export const longestNote = 500;
export const longestReason = 200;
const longestSetting = 60;

type TextOptions = { hint?: string; initial?: string | null; isOptional?: boolean; isLong?: boolean };

function text(id: string, label: string, maxLength: number, options: TextOptions = {}): FormField {
  const { hint = null, initial = null, isOptional = false, isLong = false } = options;
  return { kind: 'text', id, label, hint, initial, isOptional, isLong, maxLength };
}

function whole(
  id: string,
  label: string,
  max: number,
  initial: number | undefined,
  hint?: string,
): FormField {
  return {
    kind: 'number',
    id,
    label,
    hint: hint ?? null,
    initial: initial === undefined ? null : String(initial),
    isOptional: true,
    min: 1,
    max,
    isWhole: true,
  };
}

function formOf(
  { voice, platform }: Scene,
  action: string | null,
  words: { title: string; submit: string },
  rest: Pick<Form, 'intro' | 'fields'>,
): Form {
  return {
    // Only slugs and ids are in it, which always fit.
    action: action ?? '',
    title: shorten(words.title, longestTitle),
    submit: shorten(words.submit, longestTitle),
    fields: rest.fields,
    // A console asks line by line.
    intro: [...rest.intro, ...(platform === 'console' ? [voice.t('answers:console.fill_in')] : [])],
  };
}

type StartValues = { limits?: RequestedLimits; priority?: number | null; slug?: string | null };

/** `start` without a competition: what was typed already is filled in. */
export function startForm(scene: Scene, { limits = {}, priority, slug }: StartValues = {}): Form {
  const { plain, t } = scene.voice;
  return formOf(
    scene,
    actionText(scene, 'start-form'),
    { title: plain('answers:form.start'), submit: plain('answers:form.start_submit') },
    {
      intro: [t('answers:form.start_intro')],
      fields: [
        {
          kind: 'competition',
          id: 'competition',
          label: plain('answers:form.competition'),
          hint: plain('answers:form.competition_hint'),
          initial: slug ?? null,
          isOptional: false,
        },
        {
          kind: 'number',
          id: 'budget',
          label: plain('answers:form.budget_usd'),
          hint: plain('answers:form.budget_usd_hint'),
          initial: limits.budgetUsd === undefined ? null : String(limits.budgetUsd),
          isOptional: true,
          min: 0,
          max: mostBudgetUsd,
          isWhole: false,
        },
        whole('rounds', plain('answers:form.rounds'), mostRounds, limits.maxRounds),
        whole(
          'priority',
          plain('answers:form.priority'),
          highestPriority,
          priority ?? undefined,
          plain('answers:form.priority_hint'),
        ),
        whole('approaches', plain('answers:form.approaches'), mostApproaches, limits.approachesPerRound),
      ],
    },
  );
}

/**
 * An answer with words. The option is given by the button, or chosen here.
 * @param decision null where it is not at hand: then the option is asked for by its letter
 */
export function noteForm(
  scene: Scene,
  decisionId: string,
  optionId: string | null,
  decision: DecisionView | null,
): Form {
  const { voice } = scene;
  const { plain, ink } = voice;
  const args = optionId === null ? [decisionId] : [decisionId, optionId];
  // What words the answer wants is said by itself; otherwise they are advice.
  const wanted =
    decision?.options.find(({ id, wantsText }) => id === optionId && wantsText)?.consequence ?? '';
  return formOf(
    scene,
    actionText(scene, 'note', args),
    { title: plain('answers:form.note'), submit: plain('answers:form.note_submit') },
    {
      intro: decision === null ? [] : [ink.text(ownWords(voice, shorten(decision.question, 300)))],
      fields: [
        ...(optionId === null ? [optionField(scene, decision)] : []),
        text('note', plain('answers:form.note_field'), longestNote, {
          hint: wanted === '' ? plain('answers:form.note_hint') : translated(voice, wanted),
          isLong: true,
        }),
      ],
    },
  );
}

function optionField({ voice }: Scene, decision: DecisionView | null): FormField {
  const label = voice.plain('answers:form.option');
  if (decision === null) {
    return text('option', label, 60, { hint: voice.plain('answers:form.option_hint') });
  }
  return {
    kind: 'choice',
    id: 'option',
    label,
    hint: null,
    initial: decision.recommendedOption ?? decision.defaultOption,
    isOptional: false,
    options: decision.options.map((option, index) => ({
      value: option.id,
      label: shorten(`${optionLetter(index)} · ${optionLabel(voice, option)}`, longestChoice),
      description:
        option.consequence === '' ? null : shorten(translated(voice, option.consequence), longestChoice),
    })),
  };
}

export function budgetForm(scene: Scene): Form {
  const { plain } = scene.voice;
  return formOf(
    scene,
    actionText(scene, 'budget-form'),
    { title: plain('answers:form.budget'), submit: plain('answers:form.budget_submit') },
    {
      intro: [],
      fields: [
        {
          kind: 'choice',
          id: 'scope',
          label: plain('answers:form.scope'),
          hint: null,
          initial: 'gpu_day',
          isOptional: false,
          options: Object.values(budgetScopes).map((scope) => ({
            value: scope,
            label: plain(`answers:scope.${scope}`),
            description: null,
          })),
        },
        {
          kind: 'number',
          id: 'usd',
          label: plain('answers:form.usd'),
          hint: null,
          initial: null,
          isOptional: false,
          min: 0,
          max: mostBudgetUsd,
          isWhole: false,
        },
        text('reason', plain('answers:form.reason'), longestReason, { isOptional: true }),
      ],
    },
  );
}

export function configForm(scene: Scene, preferences: Preferences): Form {
  const { plain } = scene.voice;
  const { language, timeZone, digestAt, quietHours, bars } = preferences;
  const choice = (value: string, label: string) => ({ value, label, description: null });
  const choiceField = (id: string, label: string, initial: string, options: ReturnType<typeof choice>[]) =>
    ({ kind: 'choice', id, label, hint: null, initial, isOptional: false, options }) as const;
  const [on, off] = [plain('answers:config.on'), plain('answers:config.off')];
  const quiet = quietHours === null ? 'off' : `${quietHours.from}-${quietHours.to}`;
  return formOf(
    scene,
    actionText(scene, 'config-form'),
    { title: plain('answers:form.config'), submit: plain('answers:form.config_submit') },
    {
      intro: [],
      fields: [
        choiceField(
          'language',
          plain('answers:config.language'),
          language,
          locales.map((one) => choice(one, plain(`answers:config.${one}`))),
        ),
        text('time-zone', plain('answers:config.time_zone'), longestSetting, { initial: timeZone }),
        text('digest', plain('answers:config.digest'), longestSetting, {
          initial: digestAt ?? 'off',
          hint: plain('answers:form.digest_hint'),
        }),
        text('quiet-hours', plain('answers:config.quiet'), longestSetting, {
          initial: quiet,
          hint: plain('answers:form.quiet_hint'),
        }),
        choiceField('bars', plain('answers:config.bars'), bars ? 'on' : 'off', [
          choice('on', on),
          choice('off', off),
        ]),
      ],
    },
  );
}
