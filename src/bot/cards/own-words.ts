import { catalogues } from '../i18n.ts';
import type { Voice } from '../voice.ts';

type Words = Pick<Voice, 'plain' | 'locale'>;

/** What the agent says in its own English: quoted where another language is spoken around it. Plain. */
export function ownWords({ plain, locale }: Words, text: string): string {
  return locale === 'en' || text === '' ? text : plain('cards:own_words', { text });
}

const english = catalogues.en.cards;

const usual = [
  'fact.rounds',
  'fact.submissions',
  'fact.best',
  'fact.cv',
  'fact.rank',
  'fact.money_left',
  'fact.money_left_today',
  'option.retry_different_approach',
  'option.adjust_parameters',
  'option.train_more',
  'option.skip_competition',
  'option.try_again',
  'option.give_up',
  'option.ticked_it',
  'option.ticked_both',
  'option.others',
  'option.leave',
  'option.trust_cv',
  'option.trust_board',
  'then.other_approach',
  'then.more_training',
  'then.stop',
  'then.idea',
  'option.baseline',
  'then.baseline',
  'then.more_models',
  'fact.models',
  'then.new_round',
  'then.end',
  'then.look',
  'then.others',
  'then.leave',
  'then.trust_cv',
  'then.trust_board',
  'option.gate_done',
  'option.gate_skip',
  'option.edit',
  'then.contract_ok',
  'then.contract_edit',
  'then.contract_maximize',
  'then.contract_minimize',
  'then.gate_done',
  'then.gate_skip',
  'ended.one_round',
  'ended.no_time',
  'fact.feasibility',
  'fact.reward',
  'fact.deadline',
  'fact.teams',
  'fact.medal_chance',
  'fact.metric',
  'fact.data',
  'fact.rules_accepted',
  'fact.no_medals',
  'option.enter_10',
  'option.enter_40',
  'option.enter_100',
  'option.watch',
  'option.ignore',
  'then.enter',
  'then.watch',
  'then.ignore',
  'wait.used_up',
  'wait.reserved',
  'wait.small_gain',
  'option.save_lessons',
  'option.add_view',
  'then.save_lessons',
  'then.add_view',
  'fact.best_approach',
  'fact.approaches_tried',
  'wait.overtaken',
  'wait.over',
  'wait.stopped',
  'wait.too_late',
  'wait.lost',
  'wait.held_back',
  'option.submit_it',
  'option.hold_back',
  'then.submit_it',
  'then.hold_back',
  'ended.no_deadline',
  'ended.deadline',
] as const satisfies readonly (keyof typeof english)[];

/** Plain: a text that the agent often says, in the voice's language; null where it is none of them. */
export function usualWords({ plain }: Pick<Voice, 'plain'>, text: string): string | null {
  const key = usual.find((one) => english[one] === text);
  return key === undefined ? null : plain(`cards:${key}`);
}

/** Plain: usual words in the voice's language, others as the agent's own. */
export function translated(voice: Words, text: string): string {
  return usualWords(voice, text) ?? ownWords(voice, text);
}

/** Plain: why a competition goes on or ended. */
export function reasonWords(voice: Words, text: string): string {
  const [, count] = /^all (\d+) rounds are done$/.exec(text) ?? [];
  if (count !== undefined) return voice.plain('cards:ended.all_rounds', { count: Number(count) });
  const [, round, rounds] = /^round (\d+) of (\d+) begins with what round \d+ taught$/.exec(text) ?? [];
  if (round !== undefined && rounds !== undefined) {
    return voice.plain('cards:then.next_round', { round, rounds, before: String(Number(round) - 1) });
  }
  return translated(voice, text);
}
