/** Every key of the window, said once: the help lists them, and the guide in the pane shows the first of each group. */

export interface KeyLine {
  /** As it is printed; a space parts keys pressed together, " or " keys that do the same. */
  readonly keys: string;
  readonly does: string;
  /** Also in the short list beside the views. */
  readonly short?: true;
}

export interface KeyGroup {
  readonly title: string;
  readonly lines: readonly KeyLine[];
}

/** @param command "Ctrl", or "⌘" on a Mac */
export function keyGroups(command: string): readonly KeyGroup[] {
  return [
    {
      title: 'Everywhere',
      lines: [
        { keys: `${command} K`, does: 'command palette: everything by name', short: true },
        { keys: '1 – 5', does: 'choose a view', short: true },
        { keys: '/', does: 'search tensors', short: true },
        { keys: '?', does: 'all keys', short: true },
        { keys: 'Esc', does: 'let go of the selection, or of a field', short: true },
        { keys: 'Alt ← →', does: 'back and forward, as the side buttons of a mouse', short: true },
        { keys: `${command} O`, does: 'open a checkpoint folder' },
        { keys: `${command} B`, does: 'show or hide the selection pane' },
        { keys: `${command} Shift C`, does: 'copy what is selected as text' },
        { keys: `${command} Shift L`, does: 'copy a link to this place' },
        { keys: `${command} Shift S`, does: 'save the whole report' },
        { keys: 'Tab', does: 'next control; Shift Tab the one before' },
      ],
    },
    {
      title: 'Tables',
      lines: [
        { keys: '↑ ↓', does: 'select the row before or after', short: true },
        { keys: 'Page ↑ ↓', does: 'a page further' },
        { keys: 'Home End', does: 'first and last row' },
        { keys: '← →', does: 'fold and unfold a module' },
      ],
    },
    {
      title: 'Load',
      lines: [
        { keys: '+ −', does: 'zoom the reads, when they have the focus; also with Ctrl and the wheel' },
        { keys: '← →', does: 'earlier and later reads' },
        { keys: '0', does: 'all reads; also with a double click' },
      ],
    },
    {
      title: 'Draft',
      lines: [
        { keys: `${command} ↵`, does: 'run the prompt', short: true },
        { keys: '← →', does: 'through the tokens, the time bars or the replay, when they have the focus' },
        { keys: 'Page ↑ ↓', does: 'ten steps further in the time bars; Home and End to either end' },
        { keys: 'Space', does: 'play the steps again, on the replay slider' },
      ],
    },
  ];
}
