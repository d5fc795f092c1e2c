import type { Person } from '../../domain/person.ts';
import { decodeAction } from '../action.ts';
import { aCard } from '../card.ts';
import type { SubmitReply } from '../door.ts';
import type { Form, FormAnswers } from '../form.ts';
import { plainTexts, type Translate } from '../i18n.ts';
import { cardView } from './card-view.ts';
import type { SlackClients } from './clients.ts';
import { type DeskOptions, whereOf } from './desk-options.ts';
import { formView, noteView } from './form-view.ts';
import { slackText } from './ink.ts';
import { slackErrorOf } from './slack-failure.ts';
import { hasTrigger, type Spot } from './spot.ts';
import { within } from './waiting.ts';

/** Who somebody is must be known by then, or the modal opens without its fields. */
const whoPatienceMs = 1_000;

export type Ask = { text: string } | { action: string };

/** Opens the door's forms as modals. */
export type Forms = {
  /** Opens a form before anything slow is asked, where the door has one for this; says who is asking. */
  openAtOnce(spot: Spot, ask: Ask): Promise<{ spot: Spot; person: Person; isOpen: boolean }>;
  /** Opens a form, or offers a button for it where it is too late or there is no way. */
  open(spot: Spot, form: Form, person: Person): Promise<void>;
  /** Puts the reply to a form that took too long into the modal that stayed open. */
  showLate(
    viewId: string,
    form: { action: string; answers: FormAnswers },
    spot: Spot,
    reply: SubmitReply,
    person: Person,
  ): Promise<void>;
};

export function createForms(options: DeskOptions & { clients: SlackClients }): Forms {
  const { door, people, clients } = options;
  const views = clients.views.views;
  const plainFor = (person: Person | null) => plainTexts(person?.locale ?? options.preferences().language);
  const viewOf = (form: Form, spot: Spot, person: Person, errors: readonly string[] = []) =>
    formView(
      form,
      { channel: spot.channel, thread: spot.threadTs },
      { close: plainFor(person)('chats:slack.btn.cancel'), errors },
    );

  const openSkeleton = async (spot: Spot & { trigger: { id: string } }): Promise<string | null> => {
    const plain = plainFor(null);
    const words = slackText(plain('chats:slack.loading'));
    const view = noteView('Kaggle Agent', words, plain('chats:slack.btn.close'));
    const answer = await views.open({ trigger_id: spot.trigger.id, view });
    return answer.view?.id ?? null;
  };

  const open: Forms['open'] = async (spot, form, person) => {
    const view = viewOf(form, spot, person);
    if (spot.viewId !== null) {
      await views.update({ view_id: spot.viewId, view });
      return;
    }
    if (hasTrigger(spot)) {
      try {
        await views.open({ trigger_id: spot.trigger.id, view });
        return;
      } catch (error) {
        if (!isTooLate(error)) throw error;
      }
    }
    await offer(options, spot, form, plainFor(person), spot.trigger !== null);
  };

  return {
    open,
    async openAtOnce(spot, ask) {
      const { teamId: homeTeamId } = await options.identity.read();
      const who = { userId: spot.userId, teamId: spot.teamId, homeTeamId };
      const known = people.known(who);
      const asking = known === null ? people.find(who) : Promise.resolve(known);
      // Where opening a modal fails first, nobody is left to hear of this.
      asking.catch(() => undefined);
      const early = (await within(asking, whoPatienceMs))?.value ?? null;
      const ready =
        early === null && hasTrigger(spot) && mayOpenForm(ask)
          ? { ...spot, viewId: await openSkeleton(spot) }
          : spot;
      const person = early ?? (await asking);
      if (ready.viewId === null && !hasTrigger(ready)) return { spot: ready, person, isOpen: false };
      const form = door.formAtOnce({ ...ask, person, where: whereOf(options, ready) });
      if (form === null) return { spot: ready, person, isOpen: false };
      await open(ready, form, person);
      return { spot: ready, person, isOpen: true };
    },
    async showLate(viewId, { action, answers }, spot, reply, person) {
      const plain = plainFor(person);
      const close = plain('chats:slack.btn.close');
      const { bars } = options.preferences();
      if (reply.kind === 'card') {
        if (reply.audience === 'public') await options.speaker.publicly(spot, reply.card, { bars, plain });
        await views.update({ view_id: viewId, view: cardView(reply.card, { bars, close }) });
      } else if (reply.kind === 'form') {
        await views.update({ view_id: viewId, view: viewOf(reply.form, spot, person) });
      } else if (reply.kind === 'errors') {
        const form = door.formAtOnce({ action, person, where: whereOf(options, spot) });
        const errors = Object.values(reply.fields).map(slackText);
        const view =
          form === null
            ? noteView('Kaggle Agent', errors.join('\n'), close)
            : viewOf(withAnswers(form, answers), spot, person, errors);
        await views.update({ view_id: viewId, view });
      } else {
        const view = noteView('Kaggle Agent', slackText(plain('chats:slack.done')), close);
        await views.update({ view_id: viewId, view });
      }
    },
  };
}

/** A button that opens the form, with a trigger of its own. */
async function offer(
  { speaker, preferences }: DeskOptions,
  spot: Spot,
  form: Form,
  plain: Translate,
  isLate: boolean,
): Promise<void> {
  const next = plain('chats:slack.late_form_next');
  const words = isLate ? [plain('chats:slack.late_form'), next] : [next];
  const card = aCard({
    title: form.title,
    summary: `${form.title}: ${words.join(' ')}`,
    body: words.map(slackText),
    actions: [
      { kind: 'button', action: form.action, label: form.title, style: 'primary', confirm: null, hint: null },
    ],
  });
  await speaker.privately(spot, card, { bars: preferences().bars, plain });
}

function withAnswers(form: Form, answers: FormAnswers): Form {
  return { ...form, fields: form.fields.map((field) => ({ ...field, initial: answers[field.id] ?? null })) };
}

const formWords = /^\s*(?:start|(?:budget|config)\s+(?:set|change|edit))\s*$/i;
const formActions: ReadonlySet<string> = new Set(['note', 'start-form', 'budget-form', 'config-form']);

/** True for what usually opens a form. */
function mayOpenForm(ask: Ask): boolean {
  if ('text' in ask) return formWords.test(ask.text);
  return formActions.has(decodeAction(ask.action)?.name ?? '');
}

function isTooLate(error: unknown): boolean {
  return ['expired_trigger_id', 'exchanged_trigger_id', 'invalid_trigger_id'].includes(
    slackErrorOf(error) ?? '',
  );
}
