import type { Form, FormAnswers, FormField } from '../form.ts';

/** A form that is filled in line by line. */
export type FormAsking = {
  form: Form;
  /** What is asked for next; null when all is there. */
  next: FormField | null;
  answers: FormAnswers;
};

export function beginForm(form: Form): FormAsking {
  return { form, next: form.fields[0] ?? null, answers: {} };
}

/**
 * Takes one line: empty keeps what the field says, or leaves it out.
 * @returns null where the field must be filled in and is not
 */
export function fillIn({ form, next, answers }: FormAsking, line: string): FormAsking | null {
  if (next === null) return { form, next, answers };
  const value = line.trim() === '' ? (next.initial ?? '') : choiceOf(next, line.trim());
  if (value === '' && !next.isOptional) return null;
  const following = form.fields[form.fields.indexOf(next) + 1] ?? null;
  return { form, next: following, answers: value === '' ? answers : { ...answers, [next.id]: value } };
}

/** A choice is made by its number, its value or its label. */
function choiceOf(field: FormField, typed: string): string {
  if (field.kind !== 'choice') return typed;
  const wanted = typed.toLowerCase();
  const found = field.options.find(
    ({ value, label }, index) =>
      String(index + 1) === wanted || value.toLowerCase() === wanted || label.toLowerCase() === wanted,
  );
  return found?.value ?? typed;
}

/** Asks for what was wrong once more; what was right is kept. */
export function askAnew({ form, answers }: FormAsking, wrong: readonly string[]): FormAsking {
  const fields = form.fields.filter(({ id }) => wrong.includes(id));
  const kept = Object.fromEntries(Object.entries(answers).filter(([id]) => !wrong.includes(id)));
  const again = fields.length === 0 ? form.fields : fields;
  return { form: { ...form, fields: again }, next: again[0] ?? null, answers: kept };
}

/** `Competition (Slug or address): `. */
export function fieldQuestion(field: FormField): string {
  const choices =
    field.kind === 'choice'
      ? field.options.map(({ label }, index) => `${index + 1} ${label}`).join(', ')
      : (field.hint ?? '');
  const start = field.initial === null ? '' : ` [${field.initial}]`;
  return `${field.label}${choices === '' ? '' : ` (${choices})`}${start}:`;
}
