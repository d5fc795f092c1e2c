/** A form as a platform's modal shows it. All texts are plain. At most five fields: Discord takes no more. */
export type FormField =
  | {
      kind: 'text';
      id: string;
      label: string;
      hint: string | null;
      initial: string | null;
      isOptional: boolean;
      isLong: boolean;
      maxLength: number;
    }
  | {
      kind: 'number';
      id: string;
      label: string;
      hint: string | null;
      initial: string | null;
      isOptional: boolean;
      min: number;
      max: number;
      isWhole: boolean;
    }
  | {
      kind: 'choice';
      id: string;
      label: string;
      hint: string | null;
      initial: string | null;
      isOptional: boolean;
      options: readonly { value: string; label: string; description: string | null }[];
    }
  /** A competition, found while typing (`Door.suggest`). */
  | {
      kind: 'competition';
      id: string;
      label: string;
      hint: string | null;
      initial: string | null;
      isOptional: boolean;
    };

export type Form = {
  /** An encoded action (action.ts), which comes back with the answers. */
  action: string;
  /** At most 24 characters. */
  title: string;
  /** At most 24 characters. */
  submit: string;
  /** Markup above the fields. */
  intro: readonly string[];
  fields: readonly FormField[];
};

/** Field id to what was entered; a field left empty is not there. */
export type FormAnswers = Readonly<Record<string, string>>;
