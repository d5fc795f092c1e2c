import type { Person } from '../../domain/person.ts';
import type { Locale } from '../../domain/preferences.ts';
import { decodeAction } from '../action.ts';
import type { Card } from '../card.ts';
import type { Door, Reply, SubmitReply, Where } from '../door.ts';
import { createPlainInk } from '../inks/plain.ts';
import { createVoice } from '../voice.ts';
import { cardText } from './card-text.ts';
import { askAnew, beginForm, type FormAsking, fieldQuestion, fillIn } from './form-asking.ts';

export type SessionOptions = {
  door: Door;
  person: Person;
  now: () => Date;
};

export type Session = {
  /** Carries out one line and answers in words; empty where there is nothing to say. Never throws. */
  handle(line: string): Promise<string>;
};

const yes = /^(y|yes|はい)$/i;
/** Somebody has left the form for something else. */
const isCommand = /^\s*[/@]\w/;
const cancel = /^(cancel|quit|キャンセル)$/i;

/** One person's conversation at a console: remembers only what is being confirmed or filled in. */
export function createSession({ door, person, now }: SessionOptions): Session {
  let toConfirm: string | null = null;
  let asking: FormAsking | null = null;
  let locale: Locale | null = person.locale;

  const where = () => atConsole(now());
  /** In the language of the last answer; before the first one help, which asks nobody, says which that is. */
  const words = async () => {
    if (locale === null) {
      const reply = await door.command({ text: 'help', person, where: where() });
      locale = reply.kind === 'card' ? reply.locale : 'en';
    }
    const timeZone = person.timeZone ?? 'UTC';
    return createVoice({ locale, ink: createPlainInk(), timeZone, now: now() }).plain;
  };

  const textOf = async (reply: SubmitReply): Promise<string> => {
    switch (reply.kind) {
      case 'silence':
        return '';
      case 'form':
        asking = beginForm(reply.form);
        return [reply.form.title, ...reply.form.intro, ...nextQuestion(asking)].join('\n');
      case 'errors':
        return Object.values(reply.fields).join('\n');
      case 'card':
        locale = reply.locale;
        toConfirm = actionToConfirm(reply.card);
        return [
          cardText(reply.card),
          ...(toConfirm === null ? [] : [(await words())('answers:console.confirm')]),
        ].join('\n');
    }
  };

  const goOnWithForm = async (current: FormAsking, line: string): Promise<string> => {
    asking = null;
    if (cancel.test(line.trim())) return (await words())('answers:console.unchanged');
    const filled = fillIn(current, line);
    asking = filled ?? current;
    if (asking.next !== null) return nextQuestion(asking).join('\n');
    const { form, answers } = asking;
    asking = null;
    const reply = await door.submit({ action: form.action, answers, person, where: where() });
    const text = await textOf(reply);
    if (reply.kind !== 'errors') return text;
    asking = askAnew({ form, next: null, answers }, Object.keys(reply.fields));
    return [text, ...nextQuestion(asking)].join('\n');
  };

  const carryOut = async (line: string): Promise<string> => {
    if (asking !== null && !isCommand.test(line)) return goOnWithForm(asking, line);
    asking = null;
    const confirmed = toConfirm;
    toConfirm = null;
    if (confirmed !== null) {
      if (!yes.test(line.trim())) return (await words())('answers:console.unchanged');
      return textOf(await door.press({ action: confirmed, person, where: where() }));
    }
    if (line.trim() === '') return '';
    const form = door.formAtOnce({ text: line, person, where: where() });
    const reply: Reply =
      form === null ? await door.command({ text: line, person, where: where() }) : { kind: 'form', form };
    return textOf(reply);
  };

  return { handle: carryOut };
}

function atConsole(now: Date): Where {
  return {
    platform: 'console',
    channel: 'local',
    threadId: null,
    canSlash: true,
    ink: createPlainInk(),
    now,
  };
}

function nextQuestion({ next }: FormAsking): string[] {
  return next === null ? [] : [fieldQuestion(next)];
}

/** A question whose button is the second step: its red button, or the only option that is offered. */
function actionToConfirm({ actions }: Card): string | null {
  const buttons = actions.flatMap((one) => (one.kind === 'button' ? [one] : []));
  const names = buttons.map(({ action }) => decodeAction(action)?.name);
  const stop = names.indexOf('stop-now');
  if (stop !== -1) return buttons[stop]?.action ?? null;
  const decides = buttons.filter((_, index) => names[index] === 'decide');
  const [only] = decides;
  const isSecondStep = decides.length === 1 && buttons.length === 2 && !names.includes('note');
  return isSecondStep && only !== undefined ? only.action : null;
}
