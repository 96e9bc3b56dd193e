"""The page Data.

importing: an import on its way, and what follows it
library: the sets that were imported
looking: a source looked at before anything is written
options: how images are to be imported
page: the page
preview: what an import would bring, and the buttons that do it
source_choice: a path on this computer, or an upload
uploads: uploaded files in a folder of their own, for as long as they are needed
"""
