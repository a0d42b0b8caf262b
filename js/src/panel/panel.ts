/** The panel as an anywidget. */

import { widgetOf } from "../shared/widget.ts";
import { createStore } from "./state/store.ts";
import { Panel } from "./view/panel.tsx";

export default widgetOf(createStore, Panel);
