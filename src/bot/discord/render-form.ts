import {
  type APILabelComponent,
  type APIModalInteractionResponseCallbackData,
  ComponentType,
  type ModalSubmitInteraction,
  TextInputStyle,
} from 'discord.js';
import type { Form, FormAnswers, FormField } from '../form.ts';
import { printable } from '../inks/safe-text.ts';
import { cut } from '../shorten.ts';
import { cutMarkup, limits } from './limits.ts';

/** A form as Discord's modal. Where all five places are taken by fields, what stands above them is left out. */
export function formModal(form: Form): APIModalInteractionResponseCallbackData {
  const fields = form.fields.slice(0, limits.modalFields).map(labelOf);
  const intro = form.intro.filter((one) => one.trim() !== '').join('\n\n');
  const hasRoom = intro !== '' && fields.length < limits.modalFields;
  return {
    custom_id: form.action,
    title: cut(printable(form.title), limits.modalTitle),
    components: [
      ...(hasRoom ? [{ type: ComponentType.TextDisplay as const, content: cutMarkup(intro, 1_000) }] : []),
      ...fields,
    ],
  };
}

function labelOf(field: FormField): APILabelComponent {
  const description = field.hint === null ? {} : { description: cut(field.hint, limits.labelDescription) };
  return {
    type: ComponentType.Label,
    label: cut(printable(field.label), limits.label),
    ...description,
    component: inputOf(field),
  };
}

function inputOf(field: FormField): APILabelComponent['component'] {
  if (field.kind === 'choice') return selectOf(field);
  const most = field.kind === 'text' ? Math.min(field.maxLength, limits.inputValue) : longestShort;
  const isLong = field.kind === 'text' && field.isLong;
  return {
    type: ComponentType.TextInput,
    custom_id: field.id,
    style: isLong ? TextInputStyle.Paragraph : TextInputStyle.Short,
    required: !field.isOptional,
    max_length: most,
    ...(field.initial === null || field.initial === '' ? {} : { value: field.initial.slice(0, most) }),
  };
}

/** Of an address or a number. */
const longestShort = 200;

function selectOf(field: Extract<FormField, { kind: 'choice' }>): APILabelComponent['component'] {
  return {
    type: ComponentType.StringSelect,
    custom_id: field.id,
    required: !field.isOptional,
    options: field.options.slice(0, limits.options).map(({ value, label, description }) => ({
      value: value.slice(0, limits.optionText),
      label: cut(printable(label), limits.optionText) || '–',
      ...(description === null ? {} : { description: cut(printable(description), limits.optionText) }),
      ...(value === field.initial ? { default: true } : {}),
    })),
  };
}

/** What was filled in; a field left empty is not there. */
export function readAnswers(interaction: Pick<ModalSubmitInteraction, 'components'>): FormAnswers {
  const answers: Record<string, string> = {};
  for (const one of interaction.components) {
    if (!('component' in one)) continue;
    const { component } = one;
    const value =
      'value' in component && typeof component.value === 'string'
        ? component.value
        : 'values' in component
          ? component.values[0]
          : undefined;
    if (value !== undefined && value.trim() !== '') answers[component.customId] = value.trim();
  }
  return answers;
}

/** The same form with what was entered. */
export function filledForm(form: Form, answers: FormAnswers): Form {
  return {
    ...form,
    fields: form.fields.map((field) => ({ ...field, initial: answers[field.id] ?? field.initial })),
  };
}
