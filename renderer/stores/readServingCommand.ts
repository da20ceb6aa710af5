/** The way from a pasted serving command to a set-up, for views, which see only types of the common room. */
import { type ParsedCommand, parseServingCommand } from '../../electron/common/servingCommand.ts';

export type ReadCommand = ParsedCommand;

export const readServingCommand: (text: string) => ReadCommand = parseServingCommand;
