// The map of a run as one HTML file.

import { openAlone } from "../js/host/standalone.js";
import { answered } from "./answer.js";
import { LiveMap } from "./live_map.js";

openAlone(".ll", LiveMap, { answer: answered });
