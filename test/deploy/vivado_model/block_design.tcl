# The block design: cells, nets and addresses, and what validate_bd_design finds.

namespace eval model {
  variable cells
  variable config
  variable nets
  variable links
  variable ports
  variable assigned {}
  array set cells {}
  array set config {}
  array set nets {}
  array set links {}
  array set ports {}

  command create_bd_design {} {} 1 1 { variable state; need_project; set state(bd) [lindex $words 0] }
  command create_bd_cell {-type -vlnv} {} 1 1 {
    variable cells
    variable state
    set name [lindex $words 0]
    if {$state(bd) eq {}} { fail "create_bd_cell: no block design" }
    if {[info exists cells($name)]} { fail "create_bd_cell: '$name' is there already" }
    if {$opt(type) ne "ip" || [get_ipdefs -all $opt(vlnv)] eq {}} { fail "create_bd_cell: '$opt(vlnv)' is not in the catalog" }
    set cells($name) $opt(vlnv)
    return cell:$name
  }
  command get_bd_cells {} {} 0 1 { variable cells; return [expr {[info exists cells([lindex $words 0])] ? "cell:[lindex $words 0]" : {}}] }
  command get_bd_pins {} {} 1 1 { return [expr {[find_row pins [lindex $words 0]] eq {} ? {} : "pin:[lindex $words 0]"}] }
  command get_bd_intf_pins {} {} 1 1 { return [expr {[find_row interfaces [lindex $words 0]] eq {} ? {} : "interface:[lindex $words 0]"}] }
  command get_bd_addr_spaces {} {} 1 1 { return [expr {[find_row spaces [lindex $words 0]] eq {} ? {} : "space:[lindex $words 0]"}] }
  command get_bd_addr_segs {} {} 1 1 { return [expr {[find_row segments [lindex $words 0]] eq {} ? {} : "segment:[lindex $words 0]"}] }
  command create_bd_intf_port {-mode -vlnv} {} 1 1 { variable ports; set ports([lindex $words 0]) [lindex [split $opt(vlnv) :] 2]; return port:[lindex $words 0] }
  command get_bd_intf_ports {} {} 1 1 { variable ports; return [expr {[info exists ports([lindex $words 0])] ? "port:[lindex $words 0]" : {}}] }
  command connect_bd_intf_net {-intf_net} {} 2 2 { link [lindex $words 0] [lindex $words 1] }
  command connect_bd_net {-net} {} 2 999 {
    variable nets
    if {[lsearch -exact $words {}] >= 0} { fail "connect_bd_net: a pin that is not there" }
    set all $words
    foreach pin $words { if {[info exists nets($pin)]} { set all [concat $all $nets($pin)] } }
    set all [lsort -unique $all]
    foreach pin $all { set nets($pin) $all }
  }
  command apply_bd_automation {-rule -config} {} 1 1 {
    variable ports
    if {![string match *:processing_system7 $opt(rule)]} { fail "apply_bd_automation: no rule '$opt(rule)'" }
    if {[dict get $opt(config) apply_board_preset] && [model::project_board] eq {}} { fail "apply_bd_automation: the project has no board" }
    foreach {name type} {DDR ddrx_rtl FIXED_IO fixedio_rtl} { set ports($name) $type; link interface:[string range $words 5 end]/$name port:$name }
  }
  command assign_bd_address {{-offset 2020.1} {-range 2020.1} {-target_address_space 2020.1}} {-force} 0 1 {
    assign [string range $opt(target_address_space) 6 end] [string range [lindex $words 0] 8 end] $opt(offset) $opt(range)
  }
  command create_bd_addr_seg {-range -offset} {} 3 3 { assign [string range [lindex $words 0] 6 end] [string range [lindex $words 1] 8 end] $opt(offset) $opt(range) }
  command validate_bd_design {} {-force} 0 0 {
    variable state
    set findings [check_design]
    if {[llength $findings] > 0} { fail "validate_bd_design: [join $findings {; }]" }
    set state(valid) 1
  }
  command save_bd_design {} {} 0 0 { variable state; if {!$state(valid)} { fail "save_bd_design: not validated" } ; set state(saved) 1 }
}

proc model::project_board {} {
  variable state
  return [expr {[info exists state(property,project,board_part)] ? $state(property,project,board_part) : {}}]
}

# Row of a cell's pin, interface, space or segment by its path; {} if there is none.
proc model::find_row {key path} {
  variable cells
  set cut [string first / $path]
  set cell [string range $path 0 [expr {$cut - 1}]]
  if {$cut < 0 || ![info exists cells($cell)]} {
    return {}
  }
  set rest [string range $path [expr {$cut + 1}] end]
  foreach row [dict get [shape $cell] $key] {
    if {[lindex $row 0] eq $rest} {
      return $row
    }
  }
  return {}
}

proc model::link {one other} {
  variable links
  foreach end [list $one $other] {
    if {$end eq {}} { fail "connect_bd_intf_net: an interface that is not there" }
    if {[info exists links($end)]} { fail "connect_bd_intf_net: $end is connected already" }
  }
  set links($one) $other
  set links($other) $one
}

proc model::assign {space segment offset range} {
  variable assigned
  if {[find_row spaces $space] eq {} || [find_row segments $segment] eq {}} {
    fail "address: '$space' or '$segment' is not there"
  }
  lappend assigned [list $space $segment [expr {$offset}] [expr {$range}]]
}

proc model::check_design {} {
  variable cells
  set findings {}
  foreach cell [lsort [array names cells]] {
    foreach row [dict get [shape $cell] pins] { set findings [concat $findings [check_pin $cell $row]] }
    foreach row [dict get [shape $cell] interfaces] { set findings [concat $findings [check_interface $cell $row]] }
  }
  return [concat $findings [check_connections] [check_addresses]]
}

# The other pins of a pin's net, with their rows.
proc model::drivers_of {pin} {
  variable nets
  set found {}
  if {[info exists nets($pin)]} {
    foreach other $nets($pin) {
      if {[lindex [find_row pins [string range $other 4 end]] 1] eq "out"} { lappend found $other }
    }
  }
  return $found
}

proc model::check_pin {cell row} {
  foreach {name direction kind} $row {}
  set pin pin:$cell/$name
  if {$direction eq "out"} {
    return [expr {[llength [drivers_of $pin]] > 1 ? [list "$cell/$name drives a net that has another driver"] : {}}]
  }
  if {$kind eq "optional"} {
    return {}
  }
  set drivers [drivers_of $pin]
  if {[llength $drivers] != 1} {
    return [list "$cell/$name has [llength $drivers] drivers"]
  }
  set driver [string range [lindex $drivers 0] 4 end]
  set driven_by [lindex [find_row pins $driver] 2]
  if {$driven_by ne $kind} {
    return [list "$cell/$name is a $kind and driven by the $driven_by $driver"]
  }
  # A reset must be released in the clock domain that it resets: by a block of that clock, except where it is made.
  if {$kind eq "reset" && $name ne "ext_reset_in" && ![string match reset/* $driver]} {
    return [list "$cell/$name is not driven by the reset block but by $driver"]
  }
  if {$kind eq "reset" && ($name eq "ARESETN") != ([file tail $driver] eq "interconnect_aresetn") && [find_row pins $cell/ACLK] ne {}} {
    return [list "$cell/$name is driven by $driver"]
  }
  return {}
}

proc model::check_interface {cell row} {
  variable links
  foreach {name type role clock width protocol} $row {}
  if {![info exists links(interface:$cell/$name)]} {
    return [list "interface $cell/$name is not connected"]
  }
  return {}
}

# Each connection joins a master and a slave of one type, width, protocol and clock.
proc model::check_connections {} {
  variable links
  variable ports
  variable nets
  set findings {}
  foreach end [array names links] {
    set other $links($end)
    if {![string match interface:* $end]} {
      continue
    }
    set path [string range $end 10 end]
    foreach {name type role clock width protocol} [find_row interfaces $path] {}
    if {[string match port:* $other]} {
      if {$ports([string range $other 5 end]) ne $type} { lappend findings "$path of type $type goes to a port of type $ports([string range $other 5 end])" }
      continue
    }
    set there [string range $other 10 end]
    foreach {- other_type other_role other_clock other_width other_protocol} [find_row interfaces $there] {}
    if {$role ne "master" && $other_role ne "slave"} { continue }
    if {$role eq $other_role} { lappend findings "$path and $there are both $role" ; continue }
    if {$role ne "master"} { continue }
    if {$type ne $other_type} { lappend findings "$path is $type, $there is $other_type" ; continue }
    if {$width ne "any" && $other_width ne "any" && $width != $other_width} { lappend findings "$path has $width bits, $there has $other_width" }
    if {$protocol ne "any" && $other_protocol ne "any" && $protocol ne $other_protocol} { lappend findings "$path speaks $protocol, $there $other_protocol" }
    set one pin:[file dirname $path]/$clock
    set two pin:[file dirname $there]/$other_clock
    if {![info exists nets($one)] || [lsearch -exact $nets($one) $two] < 0} { lappend findings "$path and $there have different clocks" }
  }
  return $findings
}

# Slave segments that a master interface reaches, through interconnects.
proc model::reached {path seen} {
  variable links
  if {![info exists links(interface:$path)] || [lsearch -exact $seen $path] >= 0} {
    return {}
  }
  set there [string range $links(interface:$path) 10 end]
  set cell [file dirname $there]
  set found {}
  foreach row [dict get [shape $cell] segments] {
    if {[file dirname [lindex $row 0]] eq [file tail $there]} { lappend found $cell/[lindex $row 0] }
  }
  if {[find_row interfaces $cell/S00_AXI] ne {}} {
    foreach row [dict get [shape $cell] interfaces] {
      if {[lindex $row 2] eq "master"} { set found [concat $found [reached $cell/[lindex $row 0] [concat $seen $path]]] }
    }
  }
  return $found
}

proc model::check_addresses {} {
  variable cells
  variable assigned
  set findings {}
  foreach cell [lsort [array names cells]] {
    foreach row [dict get [shape $cell] spaces] {
      foreach {name interface base size} $row {}
      set space $cell/$name
      set reached [reached $cell/$interface {}]
      set mine [lsearch -all -inline -index 0 -exact $assigned $space]
      foreach segment $reached {
        if {[llength [lsearch -all -index 1 -exact $mine $segment]] != 1} { lappend findings "$segment has no one place in $space" }
      }
      foreach one $mine {
        foreach {- segment offset range} $one {}
        set most [lindex [find_row segments $segment] 1]
        if {[lsearch -exact $reached $segment] < 0} { lappend findings "$segment is not reached from $space" }
        if {$range < 4096 || ($range & ($range - 1)) || $offset % $range} { lappend findings "$segment: range $range at $offset is not aligned" }
        if {$offset < $base || $offset + $range > $base + $size} { lappend findings "$segment: $offset is outside $space" }
        if {$range != $most} { lappend findings "$segment has $most bytes and is given $range" }
        foreach two $mine {
          if {$one ne $two && $offset < [lindex $two 2] + [lindex $two 3] && [lindex $two 2] < $offset + $range} { lappend findings "$segment overlaps [lindex $two 1]" }
        }
      }
    }
  }
  return $findings
}
