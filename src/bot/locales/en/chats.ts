/** What platforms say beside cards and answers, mostly because of how one of them works. */
export const chats = {
  // the first words in a channel, before the agent is started
  connected:
    'Hello, this is Kaggle Agent. This channel is connected. Once I am started, type /kaggle help here.',

  'slack.working': 'Working on it…',
  'slack.loading': 'One moment…',
  'slack.done': 'Done',
  'slack.btn.close': 'Close',
  'slack.btn.cancel': 'Cancel',
  'slack.failed': 'That failed on my side.',
  'slack.failed_next': 'Nothing was lost. Please try again in a moment.',
  'slack.late_form': 'The form could not be opened in time.',
  'slack.late_form_next': 'Press the button and it opens.',
  'slack.file_sent': 'The file is in your direct messages with me.',
  'slack.old_form': 'This form is from before an update. Please open it again.',

  'discord.btn.open_form': 'Open the form',
  'discord.form_title': 'A form for this',
  'discord.form_offer': 'Press the button to fill in the form.',
  'discord.form_gone': 'This form is from before a restart. Use the command or the button again.',
  'discord.fix_title': 'Not yet',
  'discord.fix_fields': 'Nothing was changed. Please look at these fields:',
  'discord.pick': 'Did you mean one of these?',
  'discord.sure': 'Are you sure?',
  'discord.pressed': 'You pressed: {{label}}',
  'discord.shown': 'Answered below for everybody.',
  'discord.failed': 'That failed on my side. Nothing was changed by halves; please try again.',
} as const;
