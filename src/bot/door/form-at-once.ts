import { neededRole } from '../../domain/permissions.ts';
import { hasRole } from '../../domain/person.ts';
import { decodeAction } from '../action.ts';
import { slugOf } from '../command-arguments.ts';
import type { Form } from '../form.ts';
import { parseCommand } from '../parse-command.ts';
import { budgetForm, configForm, noteForm, startForm } from './forms.ts';
import type { Turn } from './turn.ts';

/** The words that ask for a form: `budget set`, `config edit`. */
const asksForForm = /^\s*[/@]?(?:kaggle\s+)?(budget|config)\s+(?:set|change|edit)\s*$/i;

/**
 * The form that must be opened at once, from memory alone. Who may not get it gets none here, and the refusal from
 * the press or the command itself.
 */
export function formAtOnce(turn: Turn, asked: { text?: string; action?: string }): Form | null {
  return asked.action === undefined ? formForText(turn, asked.text ?? '') : formForAction(turn, asked.action);
}

function may({ person }: Turn, permission: Parameters<typeof neededRole>[0], kind: string | null = null) {
  return hasRole(person.role, neededRole(permission, kind));
}

function formForText(turn: Turn, text: string): Form | null {
  const [, verb] = asksForForm.exec(text.normalize('NFKC')) ?? [];
  if (verb !== undefined) return verb.toLowerCase() === 'budget' ? forBudget(turn) : forConfig(turn);
  const parsed = parseCommand(text);
  if (parsed.kind !== 'command' || parsed.command.verb !== 'start') return null;
  return parsed.command.slug === null && may(turn, 'start-form')
    ? startForm(turn.scene, parsed.command)
    : null;
}

function forBudget(turn: Turn): Form | null {
  return may(turn, 'budget-form') ? budgetForm(turn.scene) : null;
}

function forConfig(turn: Turn): Form | null {
  return may(turn, 'config-form') ? configForm(turn.scene, turn.memory.preferences()) : null;
}

function formForAction(turn: Turn, text: string): Form | null {
  const action = decodeAction(text);
  if (action === null || action.installation !== turn.installation) return null;
  const [first, option = null] = action.args;
  switch (action.name) {
    case 'start-form': {
      const slug = first === undefined ? null : slugOf(first);
      return may(turn, 'start-form') ? startForm(turn.scene, { slug }) : null;
    }
    case 'budget-form':
      return forBudget(turn);
    case 'config-form':
      return forConfig(turn);
    case 'note': {
      const decision = turn.memory.openDecisions().find(({ id }) => id === first) ?? null;
      if (first === undefined || !may(turn, 'note', decision?.kind ?? null)) return null;
      return noteForm(turn.scene, first, option, decision);
    }
    default:
      return null;
  }
}
