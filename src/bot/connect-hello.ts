import type { Locale } from '../domain/preferences.ts';

/** The first words in a channel, once it is connected. */
export const connectHello: Readonly<Record<Locale, string>> = {
  en: 'Hello, this is Kaggle Agent. This channel is connected. Once I am started, type /kaggle help here.',
  ja: 'Kaggle Agent です。このチャンネルに接続しました。起動したら、ここで /kaggle help と入力してください。',
};
