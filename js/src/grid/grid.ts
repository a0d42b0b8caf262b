/** The grid as an anywidget. */

import { widgetOf } from "../shared/widget.ts";
import { createStore } from "./state/store.ts";
import { Grid } from "./view/grid.tsx";

export default widgetOf(createStore, Grid);
