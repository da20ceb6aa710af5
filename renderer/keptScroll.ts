/** Going back shows a place as it was left, scrolled as it was: the scrollers of a view, in their order on the page. */

const scrollers = '#view > .scroll, #view > .column, #view .virtualTable, #view .laneScroll';

export function readScroll(): number[] {
  return [...document.querySelectorAll(scrollers)].map(({ scrollTop }) => scrollTop);
}

/** Once the view is drawn; what measures itself first needs a second frame. */
export function writeScroll(kept: readonly number[]): void {
  const write = () =>
    document.querySelectorAll(scrollers).forEach((element, at) => {
      element.scrollTop = kept[at] ?? 0;
    });
  requestAnimationFrame(() => {
    write();
    requestAnimationFrame(write);
  });
}
