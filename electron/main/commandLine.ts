/** The app's own command line: `[folder] [--link TEXT]`, beside the options of the runs without a person. */

/** Options that take a value, in the next argument or after `=`. */
const valued = ['--link', '--self-test', '--headless-report', '--screenshot'] as const;
export type ValuedOption = (typeof valued)[number];

/** The value of an option; null when it is absent or empty. */
export function optionValue(argv: readonly string[], option: ValuedOption): string | null {
  const at = argv.findIndex((argument) => argument === option || argument.startsWith(`${option}=`));
  if (at < 0) return null;
  const argument = argv[at] as string;
  const value = argument === option ? argv[at + 1] : argument.slice(option.length + 1);
  return value === undefined || value === '' ? null : value;
}

/**
 * The first argument that is neither an option nor an option's value.
 * @param argv what follows the executable, and the app's own folder where there is one
 */
export function folderArgument(argv: readonly string[]): string | null {
  const isValue = (at: number) => (valued as readonly string[]).includes(argv[at - 1] ?? '');
  return argv.find((argument, at) => argument !== '' && !argument.startsWith('-') && !isValue(at)) ?? null;
}
