import {
  type APIApplicationCommandBasicOption,
  type APIApplicationCommandSubcommandOption,
  ApplicationCommandOptionType,
  ApplicationCommandType,
  InteractionContextType,
  type RESTPostAPIChatInputApplicationCommandsJSONBody,
} from 'discord.js';
import type { Locale } from '../../domain/preferences.ts';
import { type CommandParameter, commandDefinitions, verbs } from '../commands.ts';
import { catalogues } from '../i18n.ts';
import { cut } from '../shorten.ts';
import { limits } from './limits.ts';

export const commandName = 'kaggle';
const mostNoteCharacters = 500;

/**
 * `/kaggle` with a subcommand for each verb. Names stay English, as in every document; what describes them is
 * translated.
 */
export function commandDefinition(): RESTPostAPIChatInputApplicationCommandsJSONBody {
  return {
    type: ApplicationCommandType.ChatInput,
    name: commandName,
    description: 'Kaggle Agent',
    contexts: [InteractionContextType.Guild],
    options: verbs.map(
      (verb): APIApplicationCommandSubcommandOption => ({
        type: ApplicationCommandOptionType.Subcommand,
        name: verb,
        ...described(`command.${verb}.summary`, verb),
        options: commandDefinitions[verb].parameters.map(optionOf),
      }),
    ),
  };
}

function optionOf(parameter: CommandParameter): APIApplicationCommandBasicOption {
  const { name, isNeeded } = parameter;
  const common = { name, ...described(`parameter.${name}`, name), required: isNeeded };
  switch (parameter.kind) {
    case 'competition':
      return { ...common, type: ApplicationCommandOptionType.String, autocomplete: true };
    case 'text':
      return { ...common, type: ApplicationCommandOptionType.String, max_length: mostNoteCharacters };
    case 'flag':
      return { ...common, type: ApplicationCommandOptionType.Boolean };
    case 'whole':
      return { ...common, type: ApplicationCommandOptionType.Integer, ...boundsOf(parameter) };
    case 'money':
      return { ...common, type: ApplicationCommandOptionType.Number, ...boundsOf(parameter) };
    case 'choice': {
      const choices = parameter.choices.slice(0, limits.choices).map((value) => ({ name: value, value }));
      return { ...common, type: ApplicationCommandOptionType.String, choices };
    }
  }
}

function boundsOf({ min, max }: { min: number; max: number }) {
  return { min_value: min, max_value: max };
}

function described(key: string, fallback: string) {
  const words = (locale: Locale) => {
    const texts: Readonly<Record<string, string>> = catalogues[locale].answers;
    return cut(texts[key] ?? fallback, limits.commandDescription);
  };
  return { description: words('en'), description_localizations: { ja: words('ja') } };
}
