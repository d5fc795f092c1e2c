import { safeUrl } from '../mrkdwn/parse.ts';
import { Icon } from '../parts/icon.tsx';
import { MenuButton } from './menu-button.tsx';
import { Picture } from './picture.tsx';
import type { Option, Pressable } from './schema.ts';
import { usePress } from './use-press.ts';

type Of<T extends Pressable['type']> = Extract<Pressable, { type: T }>;

/** What stands in actions or beside a section, and does something at once. */
export function PressableElement({ element }: { element: Pressable }) {
  switch (element.type) {
    case 'button':
      return <Button element={element} />;
    case 'overflow':
      return <Menu element={element} label="More actions" isOverflow />;
    case 'static_select':
      return <Menu element={element} label={element.placeholder?.text ?? 'Choose'} />;
    case 'radio_buttons':
    case 'checkboxes':
      return <Choices element={element} />;
    case 'external_select':
      return <p className="block-unknown">Open the form to choose here.</p>;
    case 'image':
      return <Picture picture={element} title={null} />;
  }
}

function Button({ element }: { element: Of<'button'> }) {
  const { isBusy, press } = usePress(element);
  // Tells it from another button of the same id in another block.
  const chosen = element.value === undefined ? undefined : { value: element.value };
  const style = element.style === 'primary' || element.style === 'danger' ? element.style : 'plain';
  const url = element.url === undefined ? null : safeUrl(element.url);
  if (url !== null) {
    // Pressed as well: the app is told of it.
    return (
      <a
        className={`button button-${style}`}
        href={url}
        target="_blank"
        rel="noopener noreferrer"
        onClick={() => void press(chosen)}
      >
        {element.text.text}
        <Icon name="out" />
      </a>
    );
  }
  return (
    <button
      type="button"
      className={`button button-${style}`}
      aria-busy={isBusy}
      aria-disabled={isBusy}
      {...(element.accessibility_label === undefined ? {} : { 'aria-label': element.accessibility_label })}
      onClick={() => void press(chosen)}
    >
      {element.text.text}
    </button>
  );
}

function Menu({
  element,
  label,
  isOverflow = false,
}: {
  element: Of<'overflow'> | Of<'static_select'>;
  label: string;
  isOverflow?: boolean;
}) {
  const { isBusy, press } = usePress(element);
  const groups = 'option_groups' in element ? element.option_groups : undefined;
  const options = [...(element.options ?? []), ...(groups?.flatMap((group) => group.options) ?? [])];
  const chosen = 'initial_option' in element ? element.initial_option : undefined;
  return (
    <MenuButton
      label={chosen?.text.text ?? label}
      isOverflow={isOverflow}
      isBusy={isBusy}
      options={options.map(({ text, value, description }) => ({
        label: text.text,
        value,
        description: description?.text ?? null,
        isChosen: chosen !== undefined && chosen.value === value,
      }))}
      onChoose={(value) => void press({ value })}
    />
  );
}

/** In a message, each change counts at once. */
function Choices({ element }: { element: Of<'radio_buttons'> | Of<'checkboxes'> }) {
  const { press } = usePress(element);
  const isOn = ({ value }: Option): boolean =>
    element.type === 'radio_buttons'
      ? element.initial_option?.value === value
      : element.initial_options?.some((one) => one.value === value) === true;
  return (
    <div className="choices">
      {element.options.map((option) => (
        <label key={option.value} className="choice">
          <input
            type={element.type === 'radio_buttons' ? 'radio' : 'checkbox'}
            name={element.action_id}
            defaultChecked={isOn(option)}
            onChange={() => void press({ value: option.value })}
          />
          <span>{option.text.text}</span>
        </label>
      ))}
    </div>
  );
}
