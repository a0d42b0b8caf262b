/** What the compiled JSX calls; the build puts this import into every file that has JSX. */
export { Fragment, h } from "preact";
