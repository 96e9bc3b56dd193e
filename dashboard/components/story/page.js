// The story as one HTML file.

import { openAlone } from "../js/host/standalone.js";
import { Story } from "./story.js";

openAlone(".ls", Story);
