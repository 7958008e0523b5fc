//! The users of this instance: who they are, what their role lets them do; made, changed and removed by admins.
