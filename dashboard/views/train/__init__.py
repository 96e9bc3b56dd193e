"""The page Train.

actions: what can be done with a run
effective_beta: another program's beta
form: the settings of a run as a form
monitor: a run while it waits, trains, rests or is done
narration: what happens while a run trains, in sentences
new_run: a new run: form, cost, start
page: the page
run_list: what the last request led to, and the runs under way
setting_widget: the widget of one setting
"""
