/** For the Escape key, which then closes only the popover. */
export function markPopover(event: { readonly currentTarget: HTMLElement; readonly newState: string }): void {
  event.currentTarget.dataset.popover = event.newState;
}
