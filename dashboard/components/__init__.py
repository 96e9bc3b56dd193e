"""What runs in the browser, and what Python sends it. A folder is a component: Python, script, markup and style sheet.

album: the pictures to pick from
bundler: the modules of a component as one script
carrier: packets on their way to the browser, and the language of the page
column_packets: by what the points of a map may be coloured
html_file: a component as one HTML file
map_file: the map of a run as one HTML file
map_widget: the map of a run as a widget of a notebook
packet: bytes and small facts in one
parts: the packets of a run by their names
point_packets: where test images lie, in few bytes where there are many
point_sets: sets and choice of a component that draws points
registry: the components as Streamlit knows them
run_packets: what the browser gets of a run
run_views: how the points of a run may be seen
set_packets: which points are chosen, and which are in the kept sets
"""
