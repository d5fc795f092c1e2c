/** What a catalogue must hold in a language that, like Japanese, has one plural form: the same keys, its own words. */
export type Translation<English extends Readonly<Record<string, string>>> = {
  readonly [Key in Exclude<keyof English, `${string}_one`>]: string;
};
