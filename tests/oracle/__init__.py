"""An independent oracle for the planner: the rules by their plain definition, the best plan by trying everything.

Nothing here shares code with `scheduler` or with the rules' own modules; see README.md in this folder.
"""
