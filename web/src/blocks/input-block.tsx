import { useId } from 'react';
import { Combobox } from './combobox.tsx';
import { type FieldValue, useForm } from './form.ts';
import type { BlockOf, FieldOf, Option } from './schema.ts';
import { useSurface } from './surface.ts';

/** A labelled field of a form, with its hint and what is wrong with it. */
export function InputBlock({ block }: { block: BlockOf<'input'> }) {
  const id = useId();
  const { errors } = useForm();
  const error = errors[block.id];
  const isGroup = block.element.type === 'radio_buttons' || block.element.type === 'checkboxes';
  const Wrapper = isGroup ? 'fieldset' : 'div';
  const words = (
    <>
      {block.label.text}
      {block.optional === true ? <span className="field-optional"> (optional)</span> : null}
    </>
  );
  return (
    <Wrapper className="field" data-block={block.id}>
      {isGroup ? (
        <legend className="field-label">{words}</legend>
      ) : (
        <label className="field-label" htmlFor={id}>
          {words}
        </label>
      )}
      <FieldControl id={id} block={block} isWrong={error !== undefined} />
      {error === undefined ? null : (
        <p className="field-error" id={`${id}-error`} role="alert">
          {error}
        </p>
      )}
      {block.hint === undefined ? null : (
        <p className="field-hint" id={`${id}-hint`}>
          {block.hint.text}
        </p>
      )}
    </Wrapper>
  );
}

type ControlProps = { id: string; block: BlockOf<'input'>; isWrong: boolean };

function FieldControl({ id, block, isWrong }: ControlProps) {
  const form = useForm();
  const surface = useSurface();
  const { element } = block;
  const value = form.valueOf(block.id, element);
  const change = (next: FieldValue): void => {
    form.change(block.id, next);
    const isChoice = next.kind === 'option' && next.option !== null;
    if (block.dispatch_action === true && isChoice) {
      void surface.press(element.action_id, { value: next.option?.value ?? '' });
    }
  };
  const described = [isWrong ? `${id}-error` : null, block.hint === undefined ? null : `${id}-hint`];
  const shared = {
    id,
    'aria-invalid': isWrong,
    'aria-required': block.optional !== true,
    'aria-describedby': described.filter((one) => one !== null).join(' ') || undefined,
  };
  switch (element.type) {
    case 'static_select':
      return <NativeSelect field={element} value={value} change={change} shared={shared} />;
    case 'external_select':
      return (
        <Combobox
          shared={shared}
          placeholder={element.placeholder?.text ?? 'Type to search'}
          chosen={value.kind === 'option' ? value.option : null}
          minLength={element.min_query_length ?? 3}
          search={async (typed) => (await surface.suggest?.(element.action_id, typed)) ?? []}
          onChoose={(option) => change({ kind: 'option', option })}
        />
      );
    case 'radio_buttons':
    case 'checkboxes':
      return <Choices name={id} field={element} value={value} change={change} />;
    default:
      return <TextField field={element} value={value} change={change} shared={shared} />;
  }
}

type Shared = {
  id: string;
  'aria-invalid': boolean;
  'aria-required': boolean;
  'aria-describedby': string | undefined;
};

type Editing = { value: FieldValue; change(next: FieldValue): void };

function TextField({
  field,
  value,
  change,
  shared,
}: Editing & {
  field: FieldOf<'plain_text_input' | 'email_text_input' | 'url_text_input'> | FieldOf<'number_input'>;
  shared: Shared;
}) {
  const { 'aria-describedby': describedBy, ...rest } = shared;
  const common = {
    ...rest,
    ...(describedBy === undefined ? {} : { 'aria-describedby': describedBy }),
    className: 'input',
    value: value.kind === 'text' ? value.text : '',
    placeholder: field.placeholder?.text ?? '',
    onChange: (event: { currentTarget: { value: string } }) =>
      change({ kind: 'text', text: event.currentTarget.value }),
  };
  if (field.type === 'number_input') {
    // Not type=number: a wheel or an arrow would change it unseen, and what is no number would read as empty.
    return (
      <input
        {...common}
        inputMode={field.is_decimal_allowed === true ? 'decimal' : 'numeric'}
        autoComplete="off"
      />
    );
  }
  const limit = field.max_length === undefined ? {} : { maxLength: field.max_length };
  if (field.multiline === true) return <textarea {...common} {...limit} rows={4} />;
  return <input {...common} {...limit} type="text" autoComplete="off" />;
}

function NativeSelect({
  field,
  value,
  change,
  shared,
}: Editing & { field: FieldOf<'static_select'>; shared: Shared }) {
  const groups = field.option_groups ?? [];
  const all = [...(field.options ?? []), ...groups.flatMap(({ options }) => options)];
  const { 'aria-describedby': describedBy, ...rest } = shared;
  return (
    <select
      {...rest}
      {...(describedBy === undefined ? {} : { 'aria-describedby': describedBy })}
      className="input"
      value={value.kind === 'option' ? (value.option?.value ?? '') : ''}
      onChange={({ currentTarget }) => {
        const option = all.find((one) => one.value === currentTarget.value) ?? null;
        change({ kind: 'option', option });
      }}
    >
      <option value="">{field.placeholder?.text ?? 'Choose…'}</option>
      {field.options?.map(optionTag)}
      {groups.map(({ label, options }) => (
        <optgroup key={label.text} label={label.text}>
          {options.map(optionTag)}
        </optgroup>
      ))}
    </select>
  );
}

function optionTag({ value, text, description }: Option) {
  return (
    <option key={value} value={value}>
      {description === undefined ? text.text : `${text.text} · ${description.text}`}
    </option>
  );
}

function Choices({
  name,
  field,
  value,
  change,
}: Editing & { name: string; field: FieldOf<'radio_buttons'> | FieldOf<'checkboxes'> }) {
  const isOne = field.type === 'radio_buttons';
  const chosen =
    value.kind === 'options' ? value.options : value.kind === 'option' && value.option ? [value.option] : [];
  const toggle = (option: Option): void => {
    const others = chosen.filter((one) => one.value !== option.value);
    const options = others.length === chosen.length ? [...chosen, option] : others;
    change(isOne ? { kind: 'option', option } : { kind: 'options', options });
  };
  return (
    <div className="choices">
      {field.options.map((option) => (
        <label key={option.value} className="choice">
          <input
            type={isOne ? 'radio' : 'checkbox'}
            name={name}
            checked={chosen.some((one) => one.value === option.value)}
            onChange={() => toggle(option)}
          />
          <span>
            {option.text.text}
            {option.description === undefined ? null : (
              <span className="choice-more">{option.description.text}</span>
            )}
          </span>
        </label>
      ))}
    </div>
  );
}
