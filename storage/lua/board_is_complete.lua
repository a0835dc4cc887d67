-- Whether the board has everything [L1]. After board.lua.
local _, complete = head()
return complete and 1 or 0
